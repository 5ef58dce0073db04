def wheels(planted):
    return [("huge", "1.0", {f"huge/{number}.bin": "0" * (16 << 20) for number in range(12)})]
