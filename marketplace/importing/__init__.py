"""Files of others – capacity, traces, events – read into our words and taken through the market."""
