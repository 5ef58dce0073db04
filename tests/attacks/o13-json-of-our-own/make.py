def files(planted):
    return {"payload.txt": b'"}], "complete": true, "FORGED": [{"x": "NaN \x00 \xff \xed\xa0\x80'}
