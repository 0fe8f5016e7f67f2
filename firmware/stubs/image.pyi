"""Written into each board image by the build."""

VERSION: str
