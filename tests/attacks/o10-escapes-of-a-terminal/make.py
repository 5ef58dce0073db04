def files(planted):
    return {"payload.txt": b"\x1b[2J\x1b]52;c;cm0gLXJm\x07\x1b]8;;https://evil.example\x07click\x1b]8;;\x07\x08\x08\r\xc2\x9b0m"}
