"""Nothing below here is a test of ours: it is what attacks lay over submissions."""

collect_ignore_glob = ["*"]
