# Usage: awk -f scripts/check-imports.awk TARGETS
#
# Compares what Swift files import with what their targets declare. TARGETS is the output of package-targets.awk;
# files are read relative to the current folder. Prints one line for each disagreement; exit code 1 when there are any.

BEGIN {
    FS = "\t"
    # The modules that come with Swift itself. A product's name equals its module's name for all packages in use.
    split("Swift Foundation FoundationEssentials FoundationNetworking FoundationXML CoreFoundation Glibc Dispatch Synchronization " \
        "Observation RegexBuilder Testing XCTest", names, " ")
    for (i in names) from_toolchain[names[i]] = 1
    attribute = "@[A-Za-z_]+([(][^)]*[)])?"
    access = "(public|package|internal|fileprivate|private)"
    declaration = "(typealias|struct|class|enum|protocol|let|var|func)"
    before_module = "^[ \t]*((" attribute "|" access ")[ \t]+)*import[ \t]+(" declaration "[ \t]+)?"
}

$1 == "target" {
    order[++target_count] = $2
    module_type[$2] = $3
    type[$2] = $4
}
$1 == "dependency" { declared[$2, $3] = 1; declarations[++declaration_count] = $2 SUBSEP $3 }
$1 == "source" && $3 ~ /[.]swift$/ { read_imports($2, $3) }

function complain(line) { print line; complaints++ }

# A block comment or a string of several lines can hold the word "import" at the start of a line.
function read_imports(target, file,    line, number, comment, string, status) {
    number = comment = string = 0
    while ((status = (getline line < file)) > 0) {
        number++
        if (comment) {
            if (line ~ /[*]\//) comment = 0
            continue
        }
        if (!string && line ~ /^[ \t]*\/\//) continue
        if (!string && line ~ /^[ \t]*\/[*]/) {
            comment = line !~ /[*]\//
            continue
        }
        if (!string && match(line, before_module)) {
            line = substr(line, RLENGTH + 1)
            if (match(line, /^[A-Za-z_][A-Za-z0-9_]*/)) {
                line = substr(line, 1, RLENGTH)
                imported[target, line] = 1
                imports[++import_count] = target SUBSEP line SUBSEP file ":" number
            }
            continue
        }
        if (gsub(/"""/, "", line) % 2 == 1) string = !string
    }
    close(file)
    if (status < 0) complain(file ": cannot be read")
}

END {
    if (target_count == 0) complain("Package.swift: no target was found in its description")
    for (i = 1; i <= import_count; i++) {
        split(imports[i], part, SUBSEP)
        if (!(part[2] in from_toolchain) && !((part[1], part[2]) in declared)) {
            complain(part[3] ": imports " part[2] ", which " part[1] " does not declare")
        }
    }
    # Programs and plugins are depended on to be built, not imported.
    for (i = 1; i <= declaration_count; i++) {
        split(declarations[i], part, SUBSEP)
        if (module_type[part[1]] != "SwiftTarget" || type[part[2]] == "executable" || type[part[2]] == "plugin") continue
        if (!((part[1], part[2]) in imported)) {
            complain("Package.swift: " part[1] " declares " part[2] ", which none of its files imports")
        }
    }
    exit complaints > 0
}
