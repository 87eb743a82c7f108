"""The numbers the service is built to reach, measured and printed as a table: `make bench`. Not tests: machines differ."""
