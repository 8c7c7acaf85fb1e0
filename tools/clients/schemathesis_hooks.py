"""NDJSON for Schemathesis, which knows no serializer for it."""

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/ndjson")
def ndjson(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
