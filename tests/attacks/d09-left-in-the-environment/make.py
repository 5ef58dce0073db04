def wheels(planted):
    return [("evil", "1.0", {"evil.py": "VALUE = 1\n"})]
