"""The pages' scripts and style sheets in few small files, made by esbuild at set-up.

    static/js, static/css, uPlot, Socket.IO --esbuild--> build/pages/js/live-HASH.js, …, each with its .gz
                                                         build/pages/manifest.json: source -> file

The sources stay modules: those are what people read and tsc checks, and a server without a bundle of the sources as they are now
serves them file by file. The standard library only: `run.py` imports this before anything is installed.
"""
