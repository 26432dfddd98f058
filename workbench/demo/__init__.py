"""The generated demo data: three languages, many hands, marked as synthetic."""
