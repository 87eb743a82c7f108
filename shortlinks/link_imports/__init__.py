"""Links brought here from another shortener: read, looked at, taken in, each with its earlier clicks as a number beside ours."""
