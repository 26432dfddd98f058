"""What other recognisers read: their files as lines of text, one module per form, and a literal table of them."""
