"""What was measured on trained networks: reading through narrow windows, and how alike encoders are."""
