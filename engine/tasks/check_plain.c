/* check_plain: what a model writes, made plain: Markdown, LaTeX and Unicode signs become the
 * characters of a keyboard, thousands separators go. */
#include <ctype.h>
#include <string.h>

#include "engine/tasks/check_private.h"

/* Replacements, longest match first where one begins another. */
static const struct {
    const char *from, *to;
} signs[] = {
    {"**", ""},         {"__", ""},           {"`", ""},
    {"$", ""},          {"\\left", ""},       {"\\right", ""},
    {"\\times", "*"},   {"\\cdot", "*"},      {"\\div", "/"},
    {"\\(", ""},        {"\\)", ""},          {"\\[", ""},
    {"\\]", ""},        {"\\,", ""},          {"\\!", ""},
    {"\\;", " "},       {"\\ ", " "},         {"\\%", "%"},
    {"\\&", "&"},       {"{,}", ""},          {"base 16", ""},
    {"base 10", ""},    {"base 2", ""},       {"base-16", ""},
    {"base-10", ""},    {"base-2", ""},       {"\\text{", ""},
    {"\\mathrm{", ""},  {"\\mathbf{", ""},    {"\\textbf{", ""},
    {"_{10}", ""},      {"_{2}", ""},         {"_{16}", ""},
    {"_10", ""},        {"_2", ""},           {"_16", ""},
    {"\u2212", "-"},    {"\u2013", "-"},      {"\u2010", "-"},
    {"\u2011", "-"},    {"\u2014", " - "},    {"\u00a0", " "},
    {"\u202f", " "},    {"\u2009", " "},      {"\u00d7", "*"},
    {"\u00b7", "*"},    {"\u22c5", "*"},      {"\u00f7", "/"},
    {"\u2044", "/"},    {"\u2081\u2080", ""}, {"\u2081\u2086", ""},
    {"\u2082", ""},     {"\u00bd", " 1/2"},   {"\u00bc", " 1/4"},
    {"\u00be", " 3/4"}, {"\u00b2", "^2"},     {"\u00b3", "^3"},
    {"\u2074", "^4"},   {"\u2075", "^5"},     {"\u2076", "^6"},
    {"\u2077", "^7"},   {"\u2078", "^8"},     {"\u2079", "^9"},
    {"\u2019", "'"},    {"\u201c", "\""},     {"\u201d", "\""},
};

/* \frac{a}{b} at c: writes a/b and returns the bytes taken; 0: it is not one. */
static size_t fraction(struct str *out, const char *c) {
    size_t i = 1;
    if (*c != '\\') return 0;
    if (c[i] == 'd' || c[i] == 't') i++;
    if (strncmp(c + i, "frac{", 5) != 0) return 0;
    i += 5;
    size_t a = i;
    while (c[i] != '\0' && c[i] != '}') i++;
    if (c[i] == '\0' || c[i + 1] != '{') return 0;
    size_t a_end = i, b = i + 2;
    i = b;
    while (c[i] != '\0' && c[i] != '}') i++;
    if (c[i] == '\0') return 0;
    if (out->len > 0 && isdigit((unsigned char)out->s[out->len - 1])) str_addc(out, ' ');
    str_addn(out, c + a, a_end - a);
    str_addc(out, '/');
    str_addn(out, c + b, i - b);
    return i + 1;
}

/* A comma before a group of three digits. */
static bool is_separator(const struct str *out, const char *c) {
    if (*c != ',' || out->len == 0 || !isdigit((unsigned char)out->s[out->len - 1])) return false;
    size_t n = 0;
    while (isdigit((unsigned char)c[1 + n])) n++;
    return n == 3;
}

void check_plain(struct str *out, const char *text) {
    for (const char *c = text; *c != '\0';) {
        size_t taken = fraction(out, c);
        if (taken > 0) {
            c += taken;
            continue;
        }
        if (is_separator(out, c)) {
            c++;
            continue;
        }
        bool replaced = false;
        for (size_t i = 0; !replaced && i < sizeof signs / sizeof signs[0]; i++) {
            if (!str_starts(c, signs[i].from)) continue;
            str_add(out, signs[i].to);
            c += strlen(signs[i].from);
            replaced = true;
        }
        if (replaced) continue;
        if (*c != '{' && *c != '}') str_addc(out, *c);
        c++;
    }
    str_cstr(out);
}

char *check_boxed(const char *answer) {
    const char *last = NULL;
    for (const char *c = strstr(answer, "\\boxed{"); c != NULL; c = strstr(c + 1, "\\boxed{"))
        last = c + strlen("\\boxed{");
    if (last == NULL) return NULL;
    size_t n = 0;
    for (int depth = 0; last[n] != '\0' && !(last[n] == '}' && depth == 0); n++)
        depth += (last[n] == '{') - (last[n] == '}');
    struct str s = STR_INIT;
    str_addn(&s, last, n);
    str_cstr(&s);
    return str_take(&s);
}
