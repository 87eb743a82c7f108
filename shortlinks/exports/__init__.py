"""What a service holds as tables for other programs: a row a post, a funnel or a click, as CSV or as a spreadsheet."""
