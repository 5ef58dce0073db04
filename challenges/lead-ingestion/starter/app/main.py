"""The service. The brief says what it has to do; this is only where it starts."""

from fastapi import FastAPI

app = FastAPI(title="Lead ingestion")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
