// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output files that appear whole or not at all.  See out.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/out.h"

static int open_temp(struct out *out, const char *path)
{
	size_t len = strlen(path) + sizeof(".XXXXXX");
	mode_t mask = umask(0);
	int fd, err;

	umask(mask);
	out->path = strdup(path);
	out->temp = malloc(len);
	if (!out->path || !out->temp)
		goto out_nomem;
	snprintf(out->temp, len, "%s.XXXXXX", path);
	fd = mkstemp(out->temp);
	if (fd < 0) {
		err = -errno;
		goto out_free;
	}
	/* mkstemp() makes private files; ours is an ordinary one. */
	if (fchmod(fd, 0666 & ~mask) == 0)
		out->to = fdopen(fd, "w");
	if (out->to)
		return 0;
	err = -errno;
	close(fd);
	unlink(out->temp);
	goto out_free;
out_nomem:
	err = -ENOMEM;
out_free:
	free(out->path);
	free(out->temp);
	return err;
}

int out_open(struct out *out, const char *path)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (strcmp(path, "-") == 0) {
		out->to = stdout;
		return 0;
	}
	/* A pipe or a device cannot be replaced by a rename: write to it as it is. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		out->to = fopen(path, "w");
		return out->to ? 0 : -errno;
	}
	return open_temp(out, path);
}

int out_commit(struct out *out)
{
	int err = 0;

	if (fflush(out->to) || ferror(out->to))
		err = errno ? -errno : -EIO;
	if (out->to != stdout && fclose(out->to) && !err)
		err = -errno;
	if (out->temp) {
		if (!err && rename(out->temp, out->path))
			err = -errno;
		if (err)
			unlink(out->temp);
	}
	free(out->path);
	free(out->temp);
	memset(out, 0, sizeof(*out));
	return err;
}

void out_abort(struct out *out)
{
	if (out->to && out->to != stdout)
		fclose(out->to);
	if (out->temp)
		unlink(out->temp);
	free(out->path);
	free(out->temp);
	memset(out, 0, sizeof(*out));
}
