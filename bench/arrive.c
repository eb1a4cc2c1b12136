/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /sbin/init of the real root that the section "boots" switches to: prints on the console how
 * long tasks have run until then, and which drivers the two devices have: "=== NANOSECONDS DRIVER
 * DRIVER", - for none; then powers off.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

static const char *driver_of(const char *slot, char *target, size_t size)
{
	char path[128];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", slot);
	length = readlink(path, target, size - 1);
	if (length < 0)
		return "-";
	target[length] = '\0';
	return strrchr(target, '/') + 1;
}

/*
 * Returns how long the processor has run tasks, in nanoseconds; 0 if that is not known. It waits
 * for devices for different times in each boot, so the clock is no measure
 * (Documentation/scheduler/sched-stats.rst).
 */
static long long run_time(void)
{
	long long time = 0;
	char line[256];
	FILE *file;

	mount("proc", "/proc", "proc", 0, NULL);
	file = fopen("/proc/schedstat", "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "cpu0 %*u %*u %*u %*u %*u %*u %lld", &time);
	if (file)
		fclose(file);
	return time;
}

int main(void)
{
	char first[256], second[256];
	long long time = run_time();

	if (access("/sys/bus", F_OK))
		mount("sysfs", "/sys", "sysfs", 0, NULL);
	printf("\n=== %lld %s %s\n", time, driver_of("0000:01:00.0", first, sizeof(first)),
	       driver_of("0000:02:00.0", second, sizeof(second)));
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 1;
}
