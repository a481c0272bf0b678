"""A face's expression over time: its landmarks in the second pass, then the weights of the 52 shapes."""
