def files(planted):
    return {"payload.txt": b"x\n::error::forged\n::add-mask::x\n ##[error]forged\n##[group]x\r::stop-commands::y\n"}
