from repositories import make_repository


def source(folder, planted):
    return make_repository(folder / "demo", {
        "a.py": "1\n", ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        ".lfsconfig": f'[lfs]\n\turl = file://{planted.store}\n[lfs "customtransfer.x"]\n\tpath = touch {planted.markers}/lfs\n',
        "huge.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 99999999999\n",
    })
