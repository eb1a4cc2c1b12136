/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "version_order.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Returns true if a character counts; all others are ignored. */
static bool counts(char c)
{
	return !c || isalnum((unsigned char)c) || strchr("~-^.", c);
}

/* Returns what a separator on one side only means: less than 0 if that is the older side. */
static int separator_order(char a, char b, char separator, int meaning)
{
	if (a != separator && b != separator)
		return 0;
	return a == b ? 0 : a == separator ? meaning : -meaning;
}

int version_number_order(const char **a, const char **b)
{
	size_t a_len, b_len;
	int order;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	a_len = strspn(*a, DIGITS);
	b_len = strspn(*b, DIGITS);
	order = a_len == b_len ? strncmp(*a, *b, a_len) : a_len < b_len ? -1 : 1;
	*a += a_len;
	*b += b_len;
	return order;
}

/* The same for words; upper case sorts first. */
static int word_order(const char **a, const char **b)
{
	size_t a_len = strspn(*a, LETTERS), b_len = strspn(*b, LETTERS);
	int order = strncmp(*a, *b, a_len < b_len ? a_len : b_len);

	if (!order)
		order = (a_len > b_len) - (a_len < b_len);
	*a += a_len;
	*b += b_len;
	return order;
}

/* Compares the next component of both, and moves past it. */
static int step(const char **a, const char **b)
{
	char a_first, b_first;
	int order;

	while (!counts(**a))
		(*a)++;
	while (!counts(**b))
		(*b)++;
	a_first = **a;
	b_first = **b;
	order = separator_order(a_first, b_first, '~', -1);
	if (!order && (!a_first || !b_first))
		order = (a_first != '\0') - (b_first != '\0');
	if (!order)
		order = separator_order(a_first, b_first, '-', -1);
	if (!order)
		order = separator_order(a_first, b_first, '^', -1);
	if (!order)
		order = separator_order(a_first, b_first, '.', -1);
	if (order || !a_first)
		return order;
	if (strchr("~-^.", a_first)) {
		(*a)++;
		(*b)++;
		return 0;
	}
	if (isdigit((unsigned char)a_first) || isdigit((unsigned char)b_first))
		return version_number_order(a, b);
	return word_order(a, b);
}

int version_order(const char *a, const char *b)
{
	int order = 0;

	if (!a || !b)
		return (a != NULL) - (b != NULL);
	while (!order && (*a || *b))
		order = step(&a, &b);
	return order;
}
