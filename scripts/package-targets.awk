# Usage: swift package describe --type json | awk -f scripts/package-targets.awk
#
# Turns the package's description into lines of tab-separated fields:
#   target  NAME  MODULE_TYPE  TYPE  PATH
#   dependency  NAME  MODULE
#   source  NAME  FILE
# The tokens of JSON are read one by one, so it does not matter how the text is laid out.

function die(why) {
    print "package-targets: line " NR ": " why > "/dev/stderr"
    failed = 1
    exit 1
}

# Where a value stands: the keys on the way to it, joined by dots. Arrays add nothing.
function place(    i, text) {
    for (i = 1; i <= depth; i++) if (kind[i] == "{") text = text (text == "" ? "" : ".") key[i]
    return text
}

function plain(string) {
    string = substr(string, 2, length(string) - 2)
    gsub(/\\\//, "/", string)
    gsub(/\\"/, "\"", string)
    gsub(/\\\\/, "\\", string)
    return string
}

function value(text,    at) {
    at = place()
    if (at == "targets.name") name = text
    else if (at == "targets.module_type") module_type = text
    else if (at == "targets.type") type = text
    else if (at == "targets.path") path = text
    else if (at == "targets.sources") sources[++source_count] = text
    else if (at == "targets.target_dependencies" || at == "targets.product_dependencies") dependencies[++dependency_count] = text
}

function end_target(    i) {
    print "target\t" name "\t" module_type "\t" type "\t" path
    for (i = 1; i <= dependency_count; i++) print "dependency\t" name "\t" dependencies[i]
    for (i = 1; i <= source_count; i++) print "source\t" name "\t" path "/" sources[i]
    name = module_type = type = path = ""
    dependency_count = source_count = 0
}

# Nothing but JSON is expected; what SwiftPM prints before it (a note that it waits, say) is passed over.
!begun && /^[ \t]*[{]/ { begun = 1 }

begun {
    rest = $0
    while (rest != "") {
        if (match(rest, /^[ \t\r]+/)) {
            rest = substr(rest, RLENGTH + 1)
            continue
        }
        if (match(rest, /^"([^"\\]|\\.)*"/)) {
            token = substr(rest, 1, RLENGTH)
            if (kind[depth] == "{" && awaits_key) {
                key[depth] = plain(token)
                awaits_key = 0
            } else value(plain(token))
        } else if (match(rest, /^[{[]/)) {
            kind[++depth] = substr(rest, 1, 1)
            key[depth] = ""
            awaits_key = kind[depth] == "{"
        } else if (match(rest, /^[]}]/)) {
            if (depth == 0) die("closes more than it opened")
            closed = kind[depth--]
            awaits_key = 0
            if (closed == "{" && depth == 2 && kind[2] == "[" && place() == "targets") end_target()
        } else if (match(rest, /^[,:]/)) {
            if (substr(rest, 1, 1) == ",") awaits_key = kind[depth] == "{"
        } else if (!match(rest, /^[-+.0-9A-Za-z]+/)) die("is not JSON: " rest)
        rest = substr(rest, RLENGTH + 1)
    }
}

END {
    if (failed) exit 1
    if (!begun || depth != 0) die("ends before the description does")
}
