import base64


def files(planted):
    end = base64.b64encode(b'{"reason": "exited", "exit_code": 0, "seconds": 0.1}')
    lines = [b"0 end " + end, b"nonce 0 end " + end, b"the-nonc 0 end " + end, b"the-nonceX 0 end " + end, b" the-nonce 0 end " + end, b"\rthe-nonce 0 end " + end,
             b"the-nonce 0 end", b"the-nonce 0 end " + end + b" x", b"the-nonce 0 end ====", b"the-nonce 0 file-0 " + base64.b64encode(b"no zlib")]
    return {"log": b"\n".join(lines)}
