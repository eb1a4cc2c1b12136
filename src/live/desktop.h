/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * desktop.h - what shows pictures on a card: stopped before the card is claimed, and brought back
 *
 * What was stopped is noted in /run/vfio-claim.desktop before it is, a line each, so that another
 * process can bring it back, whatever became of this one:
 *
 *   device SLOT                what it was stopped for: a claimed device
 *   unit NAME                  of systemd: the display manager, NVIDIA's persistence daemon
 *   console NAME               a console driver that draws (/sys/class/vtconsole)
 *   framebuffer DRIVER DEVICE  the firmware's framebuffer, a platform device
 *   module NAME                of NVIDIA's driver, which cannot give up a card before
 */
#ifndef VFIO_CLAIM_LIVE_DESKTOP_H
#define VFIO_CLAIM_LIVE_DESKTOP_H

#include "targets.h"

/*
 * Prints an error for each reason not to begin: this process would end with the desktop, as it
 * belongs to a user's manager while a display manager runs; a card that is not claimed would lose
 * NVIDIA's driver. Returns how many there are.
 */
unsigned int desktop_refusals(const struct targets *targets);

/*
 * Stops the display manager (display-manager.service, whatever that is here), and unbinds the
 * framebuffer consoles and the firmware's framebuffer; prints a line for each. What is not there or
 * does not run is passed over. Stopping a unit may take 90 seconds, any other step the timeout.
 * After a signal (../host/signals.h) no further step is taken. Returns 0, or -1 after printing an
 * error: then the caller calls desktop_return().
 */
int desktop_leave(const struct targets *targets);

/*
 * When no process uses the devices any more: unloads NVIDIA's modules that hold a card of
 * @targets' plan, tries that until the timeout, and prints a line for each. Below a sysroot,
 * modprobe runs in a chroot and unloads the running kernel's modules. Returns as desktop_leave().
 */
int desktop_unload(const struct targets *targets);

/*
 * Brings back in reverse order what is noted, waits for a framebuffer console to come back with its
 * driver, and prints a line for each. An error does not keep the other steps from being taken; what
 * has failed stays noted, for another try. Does nothing but print an error while a virtual machine
 * has one of the noted devices (in_use_by_guest()). Takes no notice of signals. Returns 0, or -1
 * after printing errors.
 */
int desktop_return(const struct targets *targets);

#endif
