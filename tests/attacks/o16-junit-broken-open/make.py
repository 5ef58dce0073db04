def files(planted):
    return {"payload.txt": b']]></system-out></testcase><testcase name="FORGED"/><!--\x00\x0b\xef\xbf\xbf&#0;'}
