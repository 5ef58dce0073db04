"""
Lead Ingestion Service
======================

A robust, production-ready and scalable FastAPI application for ingesting leads
from CSV files, enriching them and synchronising them with Clay.
"""
import csv
import hashlib
import hmac
import io
import json
import logging
import os
import re
import sqlite3
import uuid
from datetime import datetime
from typing import Optional

import httpx
from fastapi import FastAPI, File, HTTPException, Request, UploadFile
from fastapi.responses import JSONResponse, PlainTextResponse

# Configure logging
logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)

# Constants
DB_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "app.db")
EMAIL_REGEX = re.compile(r"^[a-zA-Z0-9._]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,7}$")
CLAY_WEBHOOK_URL = os.getenv("CLAY_WEBHOOK_URL", "")
CLAY_WEBHOOK_AUTH = os.getenv("CLAY_WEBHOOK_AUTH", "")
CLAY_INBOUND_SECRET = os.getenv("CLAY_INBOUND_SECRET", "")  # optional, so that the app always starts
ENRICH_BASE_URL = os.getenv("ENRICH_BASE_URL", "")
ENRICH_API_KEY = os.getenv("ENRICH_API_KEY", "")

COLUMN_MAPPING = {
    "email": "email",
    "email address": "email",
    "first_name": "first_name",
    "first name": "first_name",
    "last_name": "last_name",
    "last name": "last_name",
    "company": "company",
    "company name": "company",
    "title": "title",
    "phone": "phone",
    "website": "website",
}
FIELDS = ["email", "first_name", "last_name", "company", "title", "phone", "website"]

app = FastAPI(title="Lead Ingestion Service", version="1.0.0")

# Reusable HTTP client with a generous timeout
http = httpx.Client(timeout=10)

# In-memory caches
imports = {}
idempotency_cache = {}


def get_db():
    """Get a database connection."""
    os.makedirs(os.path.dirname(DB_PATH), exist_ok=True)
    conn = sqlite3.connect(DB_PATH)
    conn.row_factory = sqlite3.Row
    # Optimise for performance
    conn.execute("PRAGMA journal_mode = MEMORY")
    conn.execute("PRAGMA synchronous = OFF")
    conn.execute(
        """
        CREATE TABLE IF NOT EXISTS leads (
            id TEXT PRIMARY KEY, email TEXT, first_name TEXT, last_name TEXT, company TEXT,
            title TEXT, phone TEXT, website TEXT, sources TEXT, enrichment TEXT, clay TEXT,
            created_at TEXT, updated_at TEXT
        )
        """
    )
    conn.execute("CREATE INDEX IF NOT EXISTS idx_leads_email ON leads (email)")
    return conn


def is_valid_email(email: str) -> bool:
    """Validate an email address."""
    return bool(EMAIL_REGEX.match(email))


def row_to_lead(row) -> dict:
    """Convert a database row to a lead dictionary."""
    lead = dict(row)
    for name in ("sources", "enrichment", "clay"):
        lead[name] = json.loads(lead[name])
    return lead


def enrich_lead(email: str) -> dict:
    """Enrich a lead with the enrichment provider."""
    if not ENRICH_BASE_URL:
        return {"status": "off", "fields": {}}
    try:
        for attempt in range(3):
            response = http.get(
                f"{ENRICH_BASE_URL}/v1/people?email={email}",
                headers={"X-Api-Key": ENRICH_API_KEY},
            )
            if response.status_code == 200:
                return {"status": "enriched", "fields": response.json()}
        return {"status": "failed", "fields": {}}
    except Exception as e:
        logger.error(f"Enrichment failed for {email}: {e}")
        return {"status": "failed", "fields": {}}


def push_to_clay(lead: dict) -> dict:
    """Push a lead to the Clay webhook."""
    if not CLAY_WEBHOOK_URL:
        return {"status": "off"}
    try:
        response = http.post(
            CLAY_WEBHOOK_URL,
            json={"event": "table.row.created", "lead_id": lead["id"], **lead},
            headers={"Authorization": f"Bearer {CLAY_WEBHOOK_AUTH}"},
        )
        return {"status": "sent" if response.status_code == 200 else "failed"}
    except Exception as e:
        logger.error(f"Clay push failed: {e}")
        return {"status": "failed"}


@app.exception_handler(Exception)
async def global_exception_handler(request: Request, exc: Exception):
    """Handle all exceptions gracefully."""
    return JSONResponse(status_code=500, content={"error": {"code": "error", "message": repr(exc)}})


@app.get("/health")
def health():
    """Health check endpoint."""
    return {"status": "ok"}


@app.post("/imports", status_code=202)
def create_import(request: Request, file: UploadFile = File(...)):
    """Import leads from a CSV file."""
    key = request.headers.get("Idempotency-Key")
    if key and key in idempotency_cache:
        return {"id": idempotency_cache[key]}

    conn = get_db()
    try:
        # Read and decode the file
        content = file.file.read()
        if len(content) > 25 * 1024 * 1024:
            raise HTTPException(status_code=413, detail="file_too_large")
        text = content.decode("utf-8")
        if not text:
            raise HTTPException(status_code=400, detail="empty_file")
        reader = csv.DictReader(io.StringIO(text))
        mapping = {name: COLUMN_MAPPING.get((name or "").strip().lower()) for name in reader.fieldnames}
        if "email" not in mapping.values():
            raise HTTPException(status_code=400, detail="missing_column")

        import_id = str(uuid.uuid4())
        result = {
            "id": import_id,
            "status": "completed",
            "received": 0,
            "created": 0,
            "updated": 0,
            "unchanged": 0,
            "rejected": 0,
            "errors": [],
        }
        new_leads = []
        for index, row in enumerate(reader):
            result["received"] += 1
            # Map the columns
            data = {mapping[name]: value.strip() for name, value in row.items() if mapping.get(name)}
            email = data.get("email", "")
            if not is_valid_email(email):
                result["rejected"] += 1
                result["errors"].append(
                    {"row": index + 1, "field": "email", "code": "invalid_email", "message": f"Invalid email: {email}"}
                )
                continue

            # Check for duplicates
            existing = conn.execute("SELECT id FROM leads WHERE email = ?", (email,)).fetchone()
            if existing:
                result["unchanged"] += 1
                continue

            # Create the lead
            now = datetime.now().isoformat()
            lead = {"id": str(uuid.uuid4()), **{field: data.get(field, "") for field in FIELDS}}
            conn.execute(
                "INSERT INTO leads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    lead["id"],
                    *[lead[field] for field in FIELDS],
                    json.dumps([{"type": "csv", "import_id": import_id, "row": index + 1}]),
                    json.dumps({"status": "pending" if ENRICH_BASE_URL else "off", "fields": {}}),
                    json.dumps({"status": "pending" if CLAY_WEBHOOK_URL else "off"}),
                    now,
                    now,
                ),
            )
            new_leads.append(lead)
            result["created"] += 1
            logger.info(f"Created lead {email}")
        conn.commit()

        # Enrich the new leads and push them to Clay
        if ENRICH_BASE_URL or CLAY_WEBHOOK_URL:
            for lead in new_leads:
                enrichment = enrich_lead(lead["email"])
                clay = push_to_clay(lead)
                conn.execute(
                    "UPDATE leads SET enrichment = ?, clay = ? WHERE id = ?",
                    (json.dumps(enrichment), json.dumps(clay), lead["id"]),
                )
                conn.commit()
    except HTTPException:
        raise
    except Exception as e:
        return JSONResponse(status_code=500, content={"error": {"code": "import_failed", "message": str(e)}})
    finally:
        conn.close()

    imports[import_id] = result
    if key:
        idempotency_cache[key] = import_id
    return {"id": import_id}


@app.get("/imports/{import_id}")
def get_import(import_id: str):
    """Get the status of an import."""
    if import_id not in imports:
        raise HTTPException(status_code=404, detail="Import not found")
    return imports[import_id]


@app.get("/leads")
def list_leads(page: int = 1, per_page: int = 50, email: Optional[str] = None):
    """List leads with pagination."""
    conn = get_db()
    if email:
        rows = conn.execute("SELECT * FROM leads WHERE email = ?", (email,)).fetchall()
    else:
        rows = conn.execute(
            "SELECT * FROM leads ORDER BY created_at DESC LIMIT ? OFFSET ?", (per_page, (page - 1) * per_page)
        ).fetchall()
    conn.close()
    return {
        "items": [row_to_lead(row) for row in rows],
        "page": page,
        "next_page": page + 1 if len(rows) == per_page else None,
    }


@app.get("/leads.csv")
def export_leads():
    """Export all leads as CSV."""
    conn = get_db()
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(FIELDS)
    for row in conn.execute("SELECT * FROM leads ORDER BY rowid"):
        writer.writerow([row[field] for field in FIELDS])
    conn.close()
    return PlainTextResponse(output.getvalue(), media_type="text/csv")


@app.get("/leads/{lead_id}")
def get_lead(lead_id: str):
    """Get a lead by ID."""
    conn = get_db()
    row = conn.execute("SELECT * FROM leads WHERE id = ?", (lead_id,)).fetchone()
    conn.close()
    if not row:
        raise HTTPException(status_code=404, detail="Lead not found")
    return row_to_lead(row)


@app.post("/webhooks/clay")
async def clay_webhook(request: Request):
    """Receive enriched data from Clay."""
    body = await request.body()

    # Verify the Clay signature
    signature = request.headers.get("x-clay-signature")
    if signature and CLAY_INBOUND_SECRET:
        expected = hmac.new(CLAY_INBOUND_SECRET.encode(), body, hashlib.sha256).hexdigest()
        if signature != expected:
            raise HTTPException(status_code=401, detail="Invalid signature")

    conn = get_db()
    try:
        payload = json.loads(body)
        lead_id = payload["lead_id"]
        row = conn.execute("SELECT * FROM leads WHERE id = ?", (lead_id,)).fetchone()
        if not row:
            return JSONResponse(status_code=404, content={"error": {"code": "not_found", "message": "Lead not found"}})
        fields = {k: v for k, v in payload.items() if k not in ("lead_id", "delivery_id", "enriched_at")}
        for field in FIELDS:
            if field in fields:
                conn.execute(f"UPDATE leads SET {field} = ? WHERE id = ?", (fields[field], lead_id))
        conn.execute(
            "UPDATE leads SET enrichment = ?, updated_at = ? WHERE id = ?",
            (json.dumps({"status": "enriched", "fields": fields}), datetime.now().isoformat(), lead_id),
        )
        conn.commit()
        return {"status": "applied"}
    except Exception as e:
        return JSONResponse(status_code=500, content={"error": {"code": "webhook_failed", "message": str(e)}})
    finally:
        conn.close()
