def source(folder, planted):
    return f"ext::sh -c touch% {planted.markers}/ext"
