def files(planted):
    return {"payload.txt": "user\u202e\u2066// admin\u2069\u2066 \u200b\ufeff\u2028x\U000e0041".encode()}
