import base64
import zlib


def files(planted):
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    return {"log": b"the-nonce 0 file-0 " + base64.b64encode(packed)}
