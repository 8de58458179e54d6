"""The desk's pages: plain server-rendered forms, keyboard first; and the public forms for appeals and reports."""
