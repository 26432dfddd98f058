"""Where a difference comes from: classes of characters, confusions, n-grams, and the lines behind them."""
