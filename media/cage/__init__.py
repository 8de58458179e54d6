"""A cage for decoders: every file of a stranger is parsed in a process that can do nothing else.

    caller --one open file, one pipe--> cage process: rlimits, no network, no open(), no exec, no fork
    caller <--pixels, samples, facts--- checked for shape and size, never unpickled

`client.Cage` starts one warm server (`server`), which forks a fresh process for each file. `media.caged` offers the
functions of `media.decode` and `media.probe` through it.
"""
