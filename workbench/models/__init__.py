"""Networks: their geometry without torch, their layers with it."""
