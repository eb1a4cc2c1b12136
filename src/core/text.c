/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <stdarg.h>
#include <string.h>

static void add_char(struct text *text, char c)
{
	if (text->length + 1 >= sizeof(text->data))
		return;
	text->data[text->length++] = c;
	text->data[text->length] = '\0';
}

static void add_word(struct text *text, const char *word)
{
	for (; *word; word++)
		add_char(text, (unsigned char)*word < ' ' ? '?' : *word);
}

static void add_decimal(struct text *text, unsigned int value)
{
	if (value >= 10)
		add_decimal(text, value / 10);
	add_char(text, (char)('0' + value % 10));
}

/* Adds a number with at least @digits digits. */
static void add_hex(struct text *text, unsigned int value, int digits)
{
	if (value >= 0x10 || digits > 1)
		add_hex(text, value >> 4, digits - 1);
	add_char(text, "0123456789abcdef"[value & 0xf]);
}

static void add(struct text *text, const char *format, va_list *values)
{
	for (; *format; format++) {
		if (*format != '%') {
			add_char(text, *format);
		} else if (*++format == 's') {
			add_word(text, va_arg(*values, const char *));
		} else if (*format == 'u') {
			add_decimal(text, va_arg(*values, unsigned int));
		} else {
			add_hex(text, va_arg(*values, unsigned int), format[1] - '0');
			format += 2;
		}
	}
}

void text_add(struct text *text, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	add(text, format, &values);
	va_end(values);
}

void text_set(struct text *text, const char *format, ...)
{
	va_list values;

	text->length = 0;
	text->data[0] = '\0';
	va_start(values, format);
	add(text, format, &values);
	va_end(values);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_read_hex(const char **cursor, uint32_t *value)
{
	const char *c = *cursor;
	uint32_t sum = 0;
	int digit;

	if (hex_digit(*c) < 0)
		return false;
	for (; (digit = hex_digit(*c)) >= 0; c++) {
		if (sum >> 28)
			return false;
		sum = sum << 4 | (uint32_t)digit;
	}
	*cursor = c;
	*value = sum;
	return true;
}

bool text_read_digits(const char **cursor, int count, uint32_t *value)
{
	const char *c = *cursor;
	uint32_t sum = 0;

	while (count--) {
		if (hex_digit(*c) < 0)
			return false;
		sum = sum << 4 | (uint32_t)hex_digit(*c++);
	}
	*cursor = c;
	*value = sum;
	return true;
}

bool text_skip(const char **cursor, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*cursor, word, length))
		return false;
	*cursor += length;
	return true;
}

bool text_has_one(const char *text, const char *words, bool anywhere)
{
	const char *word, *end;

	do {
		for (word = words; *word; word = end + (*end == ' ')) {
			for (end = word; *end && *end != ' '; end++)
				;
			if (!strncmp(text, word, (size_t)(end - word)))
				return true;
		}
	} while (anywhere && *text++);
	return false;
}

bool text_has(const char *text, const char *word)
{
	return text_has_one(text, word, true);
}
