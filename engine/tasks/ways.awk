# ways.awk: the files of ways/ as one C source, see ways.h.
BEGIN {
    print "#include \"engine/tasks/ways.h\"\n\n#include <stddef.h>\n#include <string.h>\n"
    print "static const char *const files[][2] = {"
}
FNR == 1 {
    if (NR > 1) print "    },"
    key = FILENAME
    sub(/.*\//, "", key)
    sub(/\.txt$/, "", key)
    print "    {\"" key "\","
}
{
    gsub(/["\\]/, "\\\\&")
    print "     \"" $0 "\\n\""
}
END {
    print "    },\n};\n"
    print "const char *ways_text(const char *key) {"
    print "    for (size_t i = 0; i < sizeof files / sizeof *files; i++)"
    print "        if (strcmp(files[i][0], key) == 0) return files[i][1];"
    print "    return NULL;\n}"
}
