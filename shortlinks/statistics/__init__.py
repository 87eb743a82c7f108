"""Statistics of small counts. All pure: no Redis, no Flask, no clock."""
