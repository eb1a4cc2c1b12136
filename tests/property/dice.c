// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>

#include "property.h"

static uint64_t state;

/* SplitMix64, by Sebastiano Vigna, who has put it into the public domain. */
static uint64_t next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void dice_begin(uint64_t seed, uint64_t number, uint64_t purpose)
{
	state = seed;
	state = next() ^ number;
	state = next() ^ purpose;
}

unsigned int roll(unsigned int sides)
{
	return (unsigned int)(next() >> 33) % sides;
}

bool chance(unsigned int percent)
{
	return roll(100) < percent;
}

void string_add(struct string *string, const char *format, ...)
{
	size_t room = sizeof(string->data) - string->length;
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(string->data + string->length, room, format, values);
	va_end(values);
	if (length < 0 || (size_t)length >= room)
		abort();
	string->length += (size_t)length;
}
