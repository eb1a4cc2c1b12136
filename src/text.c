/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <stdarg.h>
#include <string.h>

void text_clear(struct text *text)
{
	text->length = 0;
	text->data[0] = '\0';
}

static void add_char(struct text *text, char c)
{
	if (text->length + 1 >= sizeof(text->data))
		return;
	text->data[text->length++] = (unsigned char)c < ' ' ? '?' : c;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, ...)
{
	va_list words;
	const char *word;

	va_start(words, text);
	while ((word = va_arg(words, const char *)))
		while (*word)
			add_char(text, *word++);
	va_end(words);
}

void text_hex(struct text *text, uint32_t value, int digits)
{
	int shift = 28;

	while (shift >= 4 * digits && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		add_char(text, "0123456789abcdef"[(value >> shift) & 0xf]);
}

void text_number(struct text *text, unsigned int value)
{
	if (value >= 10)
		text_number(text, value / 10);
	add_char(text, '0' + value % 10);
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
