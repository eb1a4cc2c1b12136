/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device_kinds.h - words for the kinds of devices that people look for
 */
#ifndef VFIO_CLAIM_MACHINE_DEVICE_KINDS_H
#define VFIO_CLAIM_MACHINE_DEVICE_KINDS_H

#include <stdbool.h>
#include <stdint.h>

/* The words, separated by commas, for messages. */
#define KIND_WORDS "gpu, audio, usb, nvme, sata, storage, net, accelerator, bridge"

/* Returns the bits of the kind that @word names; 0 if there is none. */
unsigned int kind_find(const char *word);

/* Returns true if a class (base class and subclass) is one of the kinds whose bits are set. */
bool kind_has(unsigned int kinds, uint16_t class);

#endif
