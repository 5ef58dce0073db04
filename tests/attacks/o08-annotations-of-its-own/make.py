def files(planted):
    return {"payload.txt": b"x\n::error file=app.py,title=FORGED::y\r\n::set-output name=passed::true\nX=1\n"}
