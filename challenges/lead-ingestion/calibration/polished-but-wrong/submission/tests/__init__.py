"""Tests of lead intake."""
