"""The whole truth about one graded submission as data, and the views that are drawn from it alone."""

from reports.intake import make_report
from reports.page import render_page
from reports.report import Report, ReportError, read_report
from reports.summary import render_summary

__all__ = ["Report", "ReportError", "make_report", "read_report", "render_page", "render_summary"]
