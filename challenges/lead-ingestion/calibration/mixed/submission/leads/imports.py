"""CSV upload: reading the file, checking rows, merging into the store."""

import csv
import io
import logging
import time

from leads.store import FIELDS, Store, now

log = logging.getLogger("leads.imports")

# Give the 202 time to reach the client before the work starts.
START_DELAY_SECONDS = 0.5

SYNONYMS = {
    "email": "email",
    "email address": "email",
    "e-mail": "email",
    "first_name": "first_name",
    "first name": "first_name",
    "last_name": "last_name",
    "last name": "last_name",
    "company": "company",
    "company name": "company",
    "title": "title",
    "job title": "title",
    "phone": "phone",
    "phone number": "phone",
    "website": "website",
}

csv.field_size_limit(1_100_000)


class FileProblem(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


def read_text(content: bytes) -> str:
    if not content.strip():
        raise FileProblem("empty_file", "The file is empty.")
    if b"\x00" in content:
        raise FileProblem("not_text", "The file is not a text file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileProblem("not_text", "The file is not UTF-8 text.") from None


def read_header(cells: list[str]) -> list[str | None]:
    header = [SYNONYMS.get(cell.strip().lower()) for cell in cells]
    if "email" not in header:
        raise FileProblem("missing_column", "There is no email column.")
    return header


def parse(content: bytes) -> tuple[list[str | None], list[str]]:
    """The header and the lines after it. Raises FileProblem."""
    lines = read_text(content).splitlines()
    header = read_header(next(csv.reader(lines[:1]), []))
    return header, lines[1:]


def valid_email(address: str) -> bool:
    if address.count("@") != 1 or any(c.isspace() or not c.isprintable() for c in address):
        return False
    local, domain = address.split("@")
    labels = domain.split(".")
    return bool(local) and len(labels) >= 2 and all(labels)


def run_import(store: Store, import_id: str, header, lines, known: dict, *, enrichment: str, clay: str):
    """Merge all rows. Returns the touched leads: created, updated. `known` is the index of
    leads at the time of the upload, so that rows are compared with what was there before."""
    time.sleep(START_DELAY_SECONDS)
    record = store.imports[import_id]
    record["received"] = len(lines)
    created: dict[str, dict] = {}
    updated: dict[str, dict] = {}

    reader = csv.reader(lines)
    for cells in reader:
        row = reader.line_num
        if not cells:
            continue
        if len(cells) != len(header):
            reject(record, row, None, "wrong_column_count", f"{len(cells)} cells, {len(header)} expected.")
            continue
        values = {name: cell.strip() for name, cell in zip(header, cells) if name}
        values["email"] = values["email"].lower()
        if not values["email"]:
            reject(record, row, "email", "missing_email", "The email is missing.")
            continue
        if not valid_email(values["email"]):
            reject(record, row, "email", "invalid_email", "The email is not valid.")
            continue

        source = {"type": "csv", "import_id": import_id, "row": row}
        lead = known.get(values["email"])
        if lead is None:
            lead = store.add_lead(values, enrichment=enrichment, clay=clay)
            known[values["email"]] = lead
            created[lead["id"]] = lead
            record["created"] += 1
        elif merge(lead, values):
            record["updated"] += 1
            if lead["id"] not in created:
                updated[lead["id"]] = lead
        else:
            record["unchanged"] += 1
        lead["sources"].append(source)

    record["status"] = "completed"
    store.save()
    log.info(
        "import %s completed: received=%d created=%d updated=%d unchanged=%d rejected=%d",
        import_id,
        *(record[k] for k in ("received", "created", "updated", "unchanged", "rejected")),
    )
    return list(created.values()), list(updated.values())


def merge(lead: dict, values: dict) -> bool:
    """Newest row wins. True when something changed."""
    changed = False
    for field in FIELDS:
        if field not in values:
            continue
        new = values[field] or None
        if lead[field] != new:
            lead[field] = new
            lead["_origin"][field] = "csv"
            changed = True
    if changed:
        lead["updated_at"] = now()
    return changed


def reject(record: dict, row: int, field: str | None, code: str, message: str) -> None:
    record["rejected"] += 1
    record["errors"].append({"row": row, "field": field, "code": code, "message": message})


def export_csv(leads: list[dict]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(FIELDS)
    for lead in leads:
        writer.writerow([cell(field, lead[field] or "") for field in FIELDS])
    return out.getvalue()


def cell(field: str, value: str) -> str:
    """A value that a spreadsheet would take for a formula gets a leading quote; phone numbers stay as they are."""
    if field != "phone" and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
