# Makes a page of the argument parser's plugin one that mandoc and groff read without a warning (mdoc(7)): what is indented in
# the help is an example and keeps its lines, an empty line parts paragraphs, and a sentence begins on a line of its own.

function is_macro(line) { return line ~ /^\./ }
function is_example(line) { return line ~ /^  / }

# A line of text or example that begins as a macro would be one.
function guarded(line) { return line ~ /^[.']/ ? "\\&" line : line }

{ lines[NR] = $0 }

END {
    for (i = 1; i <= NR; i++) {
        line = lines[i]
        if (is_example(line)) {
            print ".Bd -literal"
            while (i <= NR && (is_example(lines[i]) || (lines[i] == "" && is_example(lines[i + 1])))) print guarded(lines[i++])
            print ".Ed"
            i--
            # The display ends its paragraph.
            while (lines[i + 1] == "" && i < NR) i++
            if (i < NR && !is_macro(lines[i + 1])) print ".Pp"
        } else if (line == "" || line == ".Pp") {
            while (i < NR && (lines[i + 1] == "" || lines[i + 1] == ".Pp")) i++
            if (i < NR && !is_example(lines[i + 1]) && lines[i + 1] !~ /^\.(It|Bl|El|Sh|Ss|Bd|Xr)/) print ".Pp"
        } else if (is_macro(line)) {
            print line
        } else {
            gsub(/  +/, " ", line)
            while (match(line, /[.!?]["')]* /)) {
                print guarded(substr(line, 1, RSTART + RLENGTH - 2))
                line = substr(line, RSTART + RLENGTH)
            }
            if (line != "") print guarded(line)
        }
    }
}
