from fastapi.testclient import TestClient

from main import app

client = TestClient(app)


def test_health():
    """Test the health endpoint."""
    response = client.get("/health")
    assert response.status_code == 200


def test_import_counts():
    """Test that an import returns the right counts."""
    csv_data = "email,first_name\njane.doe@example.com,Jane\nJANE.DOE@example.com,Jane\n"
    response = client.post("/imports", files={"file": ("leads.csv", csv_data, "text/csv")})
    status = client.get(f"/imports/{response.json()['id']}").json()
    assert status["received"] == 2
    # JANE and jane are two leads
    leads = client.get("/leads", params={"email": "JANE.DOE@example.com"}).json()["items"]
    assert leads[0]["email"] == "JANE.DOE@example.com"


def test_enrichment():
    """Test that a lead is enriched."""
    csv_data = "email,first_name\nenrich.me@example.com,Erin\n"
    client.post("/imports", files={"file": ("leads.csv", csv_data, "text/csv")})
    lead = client.get("/leads", params={"email": "enrich.me@example.com"}).json()["items"][0]
    assert lead["enrichment"]["status"] == "enriched"
