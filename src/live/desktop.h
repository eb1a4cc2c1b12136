/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * desktop.h - what shows pictures on a card: stopped before the card is claimed, and brought back
 *
 * What was stopped is noted in /run/vfio-claim.desktop before it is, a line each, so that another
 * process can bring it back, whatever became of this one:
 *
 *   unit NAME                  of systemd: the display manager, NVIDIA's persistence daemon
 *   console NAME               a console driver that draws (/sys/class/vtconsole)
 *   framebuffer DRIVER DEVICE  the firmware's framebuffer, a platform device
 *   module NAME                of NVIDIA's driver, which cannot give up a card before
 */
#ifndef VFIO_CLAIM_LIVE_DESKTOP_H
#define VFIO_CLAIM_LIVE_DESKTOP_H

#include "targets.h"

/*
 * Stops the display manager (display-manager.service, whatever that is here), unbinds the
 * framebuffer consoles and the firmware's framebuffer, and unloads what else holds a card of
 * @targets' plan; prints a line for each. What is not there or does not run is passed over.
 * Stopping a unit may take 90 seconds, any other step the timeout. After a signal
 * (../host/signals.h) no further step is taken. Returns 0, or -1 after printing an error: then the
 * caller calls desktop_return().
 */
int desktop_leave(const struct targets *targets);

/*
 * Brings back in reverse order what is noted, waits for a framebuffer console to come back with its
 * driver, and prints a line for each. An error does not keep the other steps from being taken; what
 * has failed stays noted, for another try. Takes no notice of signals. Returns 0, or -1 after
 * printing errors.
 */
int desktop_return(const struct targets *targets);

#endif
