import shutil

from repositories import make_repository, run


def source(folder, planted):
    script = folder / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {planted.markers}/ran\ncat\n")
    script.chmod(0o755)
    demo = make_repository(folder / "demo", {"a.py": "1\n", ".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv",
                "diff.external", "uploadpack.packObjectsHook", "credential.helper", "gpg.program", "core.gitProxy"):
        run(demo, "config", key, str(script))
    run(demo, "config", "alias.ls-remote", f"!{script}")
    for name in ("post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (demo / ".git" / "hooks").mkdir(exist_ok=True)
        (demo / ".git" / "hooks" / name).write_text(script.read_text())
        (demo / ".git" / "hooks" / name).chmod(0o755)
    (demo / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (demo / ".git" / "objects" / "info" / "alternates").write_text("/srv/private/.git/objects\n")
    return shutil.make_archive(str(folder / "packed"), "gztar", folder, "demo")
