def wheels(planted):
    code = f"import os; open({str(planted.markers / 'ran')!r}, 'w').close()\n"
    inside = f"import os; [open(p, 'w').close() for p in ('/environment/ran', '/harness/cache/ran') if os.path.isdir(os.path.dirname(p))]\n"
    return [("evil", "1.0", {"evil.pth": code, "more.pth": inside, "evil.py": code, "usercustomize.py": code})]
