"""What clicks bring: conversions, refunds, sums of money, the pixel, and what a shop says of its weeks."""
