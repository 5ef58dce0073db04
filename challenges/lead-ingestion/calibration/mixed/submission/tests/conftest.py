import pytest
from fastapi.testclient import TestClient

from leads import imports
from leads.main import app


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CLAY_INBOUND_SECRET", "s3cret")
    monkeypatch.setenv("RETRY_BASE_SECONDS", "0.01")
    monkeypatch.delenv("CLAY_WEBHOOK_URL", raising=False)
    monkeypatch.delenv("ENRICH_BASE_URL", raising=False)
    monkeypatch.setattr(imports, "START_DELAY_SECONDS", 0)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def upload(client):
    def _upload(text, **headers):
        content = text if isinstance(text, bytes) else text.encode()
        answer = client.post("/imports", files={"file": ("leads.csv", content, "text/csv")}, headers=headers)
        if answer.status_code != 202:
            return answer
        return client.get(f"/imports/{answer.json()['id']}").json()

    return _upload
