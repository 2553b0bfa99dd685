"""The commands: the name of each, its line in `pixbin --help`, and the module that holds it.

Help and completion need only this table. The module is imported when its command is called.
"""

#: the line of help of every command, in the order of `pixbin --help`
HELP = {
    "convert": "Convert a picture or animation to two colours, at exactly the size you ask for.",
    "show": "Show the result in the terminal, and write no file.",
    "studio": "Change options in a live page on this machine, and see the result at once.",
    "serve": "Serve the pictures of a folder over HTTP, converted for displays.",
    "batch": "Convert folders and files in parallel, with sub-folders; a second run continues.",
    "stream": "Convert a film frame by frame, from stdin to stdout, in constant memory.",
    "compare": "Draw one labelled sheet of sources and results, as a PNG or an HTML page.",
    "ramp": "Draw a ramp of tones to print, which `pixbin calibrate` reads from a photograph.",
    "verify": "Prove that files have at most two values, and the size and blocks that you give.",
    "decode": "Read a file of any output format back into a picture.",
    "decoder": "Write the source code that unpacks what --compress has packed.",
    "calibrate": (
        "Read the photograph of a printed ramp, and save its curve of tones as a preset."
    ),
    "recipe": "Print the options that are in a picture, as JSON that --preset reads.",
    "mcp": "Serve tools to an MCP client, such as a coding agent, on stdin and stdout.",
    "methods": "List the methods: names, best use, and who published them.",
    "models": "List the neural models that come with pixbin, or print the card of one.",
    "devices": "List the devices for --device: sizes, formats, byte layouts, and sources.",
    "presets": (
        "List the presets for --preset, with their settings; convert --save-preset saves one."
    ),
    "dataset": "Make data sets to train models with.",
    "train": "Train a model, and write it as an ONNX file.",
}

#: options that stand in front of a command
ROOT_OPTIONS = {"--version", "-V", "--install-completion", "--show-completion", "--help", "-h"}

#: commands with the options of a conversion
CONVERSIONS = {"convert", "show", "studio", "serve", "batch", "stream", "compare", "ramp"}

#: modules of `pixbin.cli` that have another name than the command
_MODULES = {
    "calibrate": "ramp",
    **dict.fromkeys(("methods", "models", "devices", "presets"), "listings"),
}


def module_of(command: str) -> str:
    """Return the full name of the module that holds a command."""
    return f"pixbin.cli.{_MODULES.get(command, command)}"
