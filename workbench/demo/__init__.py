"""The generated demo data: three synthetic data sets of lines in Arabic, Urdu and Persian."""
